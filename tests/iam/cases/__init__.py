"""Decisions that AWS documents, as tables of plain data: one module for each subject."""
