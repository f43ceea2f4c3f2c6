"""Kafka: the loop and all that touches the broker."""
