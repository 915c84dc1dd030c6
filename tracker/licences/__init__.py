"""Licences, their releases and recalls, custody, monitoring alerts, and monitored spans."""
