"""The main job on an embedded broker and a real data set, with faults injected while it runs."""
