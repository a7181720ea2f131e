"""The settings of the bundled PostgreSQL (postgresql.conf): memory, connections, log, and what no one may change."""

from __future__ import annotations

INITIAL = {
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "1GB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_connections": "140",
    "superuser_reserved_connections": "100",
    "max_locks_per_transaction": "256",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
    "log_timezone": "UTC",
    "timezone": "UTC",
}
"""Written to postgresql.conf once, for its owner to change (or ALTER SYSTEM). The service is a superuser here: analysts can't
take the connections that are reserved for it."""
ENFORCED = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": "5432",
    "logging_collector": "off",
    "full_page_writes": "on",
    "io_method": "sync",
}
"""Given on the command line at each start, where nothing overrides them. Pages that the system has in memory are copied at
once: to hand each to a worker process and to wait for it took nearly half of the CPU of a query that reads many."""
