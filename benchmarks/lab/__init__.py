"""What the benchmarks share: laws and faults, the detectors compared, tables and plots."""
