"""Events sent to merchants' own servers: signed, retried for a day, and to no address inside."""
