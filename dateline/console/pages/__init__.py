"""The pages: one module each, from an Ask to a frozen dataclass."""
