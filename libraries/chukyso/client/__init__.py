"""The portal's own signing client as it is installed on this machine: found and described, never started or changed."""
