"""The fictional week: hand-written text banks and the generator that schedules them into records."""
