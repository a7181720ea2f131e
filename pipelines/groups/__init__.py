"""Group commit: plainly new pages that wait together are stored in one transaction."""
