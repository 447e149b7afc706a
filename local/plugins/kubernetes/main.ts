import { devDependencies } from "../../../package.json";
import { serve } from "../protocol/serve";
import { KubernetesPlugin } from "./plugin";

serve(devDependencies["@pulumi/kubernetes"], (context) => new KubernetesPlugin(context));
