this is (not python
