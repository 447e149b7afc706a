import { devDependencies } from "../../../package.json";
import { serve } from "../protocol/serve";
import { KubernetesPlugin } from "./plugin";
import { KubernetesWithoutCluster } from "./withoutCluster";

const Plugin = process.env["PORTCULLIS_WITHOUT_CLUSTER"] ? KubernetesWithoutCluster : KubernetesPlugin;

serve(devDependencies["@pulumi/kubernetes"], (context) => new Plugin(context));
