import { dependencies } from "../../../package.json";
import { serve } from "../protocol/serve";
import { RandomPlugin } from "./plugin";

serve(dependencies["@pulumi/random"], (context) => new RandomPlugin(context));
