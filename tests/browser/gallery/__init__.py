"""An app for tests: `dress` fills an installation with letters and people as life brings them."""
