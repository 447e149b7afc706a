import program from "../../index";

/** The outputs of a team's stack: the same program, told by this folder's Pulumi.yaml what kind of stack it is. */
export = program;
