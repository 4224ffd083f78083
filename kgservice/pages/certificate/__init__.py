"""The pages of certificates, families and issuers."""
