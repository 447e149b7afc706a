import program from "../../index";

/** The outputs of a team's stack: the same program; this folder's Pulumi.yaml sets the kind of stack. */
export = program;
