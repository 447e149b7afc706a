import { dependencies } from "../../../package.json";
import { serve } from "../protocol/serve";
import { KubernetesPlugin } from "./plugin";

serve(dependencies["@pulumi/kubernetes"], (context) => new KubernetesPlugin(context));
