"""Has plug-ins recognise names in stored articles.

stored (its transaction leaves a task) → each plug-in reads it, in a process that can be killed → one transaction keeps all
"""
