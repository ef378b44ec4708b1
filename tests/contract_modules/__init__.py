"""The modules of ``containers`` that every algorithm stands on, one by one."""
