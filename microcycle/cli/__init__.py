"""The command line: `app` wires, `commands` are thin, `render` writes."""
