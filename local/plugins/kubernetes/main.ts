import { serve } from "../protocol/serve";
import { KubernetesPlugin } from "./plugin";

serve((context) => new KubernetesPlugin(context));
