"""What the scan looks for, language by language. Each reads one version of one file; see bot/gate/scan.py."""
