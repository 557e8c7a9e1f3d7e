"""From a request to a proven week."""
