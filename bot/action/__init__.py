"""The action: inputs and the event become a command; its result becomes outputs and a job summary."""
