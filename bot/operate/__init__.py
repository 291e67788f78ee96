"""Keep alive: health, logs, doctor."""
