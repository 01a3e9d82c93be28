"""The demo, and the embedded servers that development and the tests run on."""
