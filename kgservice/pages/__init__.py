"""What people read: bilingual pages, rendered here, that need no script and nothing from elsewhere."""
