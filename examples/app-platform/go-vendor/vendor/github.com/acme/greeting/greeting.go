package greeting

const Text = "hello from go-vendor, edition 1"
