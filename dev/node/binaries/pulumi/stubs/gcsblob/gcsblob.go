// Package gcsblob is built without Google's clients: only the scheme of its URLs is left.
package gcsblob

const Scheme = "gs"
