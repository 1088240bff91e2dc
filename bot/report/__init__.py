"""What a run came to: for people in the terminal and the job summary, for programs as `result.json`."""
