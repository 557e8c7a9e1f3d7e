"""Many requests, one code path: a roster in, a journal of every athlete's week out, on one process or a cluster."""
