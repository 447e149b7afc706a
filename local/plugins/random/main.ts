import { serve } from "../protocol/serve";
import { RandomPlugin } from "./plugin";

serve((context) => new RandomPlugin(context));
