"""The reconciliation service: names of certificates and bodies → what they are in this graph (OpenRefine's protocol)."""
