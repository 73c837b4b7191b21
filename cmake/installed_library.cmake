# libweir: the rooms that read packets, and what they stand on, as one archive with their headers
# under weir/ and a file for pkg-config. `make install-library PREFIX=...` puts them in place.

include(GNUInstallDirs)
set(library_rooms base column io format inventory packet flow)
set(WEIR_LIBRARY ${PROJECT_BINARY_DIR}/libweir.a)
set(library_archives)
set(library_script "CREATE ${WEIR_LIBRARY}\n")  # as `ar -M` reads it: no ar joins archives otherwise
foreach(room ${library_rooms})
  list(APPEND library_archives $<TARGET_FILE:weir_${room}>)
  string(APPEND library_script "ADDLIB $<TARGET_FILE:weir_${room}>\n")
endforeach()
file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/libweir.mri CONTENT "${library_script}SAVE\nEND\n")
add_custom_command(OUTPUT ${WEIR_LIBRARY}
  COMMAND ${CMAKE_COMMAND} -E rm -f ${WEIR_LIBRARY}
  COMMAND sh -c "'${CMAKE_AR}' -M < libweir.mri" WORKING_DIRECTORY ${PROJECT_BINARY_DIR}
  DEPENDS ${library_archives} ${PROJECT_BINARY_DIR}/libweir.mri VERBATIM)
add_custom_target(weir_library ALL DEPENDS ${WEIR_LIBRARY})

configure_file(${CMAKE_CURRENT_LIST_DIR}/weir.pc.in ${PROJECT_BINARY_DIR}/weir.pc @ONLY)
install(FILES ${WEIR_LIBRARY} DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library)
install(FILES ${PROJECT_BINARY_DIR}/weir.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
  COMPONENT library)
foreach(room ${library_rooms})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/src/${room} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/weir
    COMPONENT library FILES_MATCHING PATTERN "*.h" PATTERN "*_fixture.h" EXCLUDE)
endforeach()
