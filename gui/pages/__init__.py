"""Pages: one file each, ended by `PAGE = ItsClass`."""
