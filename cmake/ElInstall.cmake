# `make install`: program, one static archive's worth of layers, headers, man, pkg-config.
include(GNUInstallDirs)
install(TARGETS energylens RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
