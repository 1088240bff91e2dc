"""Where project code runs: adapters of the sandbox port, the strongest that works here chosen by `probe`."""
