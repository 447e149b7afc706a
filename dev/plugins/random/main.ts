import { devDependencies } from "../../../package.json";
import { serve } from "../protocol/serve";
import { RandomPlugin } from "./plugin";

serve(devDependencies["@pulumi/random"], (context) => new RandomPlugin(context));
