import { runOnCluster } from "../cluster/run";

runOnCluster("engine", { published: ["release", "languages"] });
