"""What lies here are samples of suites, and reports of them: nothing of it is a test of ours."""

collect_ignore_glob = ["*"]
