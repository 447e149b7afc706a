require("portcullis/provider").serve();
