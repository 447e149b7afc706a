import { runOnCluster } from "../cluster/run";

runOnCluster("engine");
