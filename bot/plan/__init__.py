"""The orchestration script: checked, simulated and driven in its sandbox; and the verbs' host half."""
