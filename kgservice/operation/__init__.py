"""Running the service: which release is served, health, metrics, logs, stopping."""
