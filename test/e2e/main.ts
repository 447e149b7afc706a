import { runOnCluster } from "../cluster/run";

runOnCluster("e2e");
