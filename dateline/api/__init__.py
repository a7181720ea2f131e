"""The archive for programs: what can be asked, declared once for HTTP, Python and assistants."""
