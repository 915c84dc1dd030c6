"""Programmes as decision papers make them: approvals, contracts, phases, ends, and what does not fit together."""
