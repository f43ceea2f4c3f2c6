"""The pure core: values in, findings out; no Kafka, no YAML, no clock, no log."""
