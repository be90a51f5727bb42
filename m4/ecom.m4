# Compiler and linker flags of this project. They go to AM_CFLAGS and AM_LDFLAGS; CFLAGS and
# LDFLAGS stay the user's.

AC_DEFUN([ECOM_ENABLE_WARNINGS], [
	AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [warnings are errors])])
	ecom_warnings="-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
		-Wmissing-declarations -Wformat=2 -Wvla -Wundef -Wwrite-strings -Wpointer-arith
		-Wimplicit-fallthrough -Wnull-dereference -Wno-missing-field-initializers -Wno-format-truncation"
	AX_APPEND_COMPILE_FLAGS([-std=gnu17 $ecom_warnings], [ECOM_CFLAGS], [-Werror])
	AS_IF([test "$enable_werror" = yes], [AX_APPEND_FLAG([-Werror], [ECOM_CFLAGS])])
	AC_SUBST([ECOM_CFLAGS])
])

AC_DEFUN([ECOM_ENABLE_HARDENING], [
	AC_ARG_ENABLE([hardening],
		[AS_HELP_STRING([--disable-hardening], [leave out the hardening flags])])
	AS_IF([test "$enable_hardening" != no && test "${enable_sanitizers:-no}" = no \
			&& test "${enable_fuzzing:-no}" = no], [
		ecom_hardening="-fstack-protector-strong -fstack-clash-protection \
			-fcf-protection=full -ftrivial-auto-var-init=zero \
			-fno-delete-null-pointer-checks -fPIE"
		AX_APPEND_COMPILE_FLAGS([$ecom_hardening], [ECOM_CFLAGS], [-Werror])
		AS_VAR_APPEND([ECOM_CPPFLAGS], [" -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3"])
		AX_APPEND_LINK_FLAGS([-pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack],
			[ECOM_LDFLAGS], [-Werror])
	])
	AX_APPEND_LINK_FLAGS([-Wl,--as-needed], [ECOM_LDFLAGS], [-Werror])
	AC_SUBST([ECOM_CPPFLAGS])
	AC_SUBST([ECOM_LDFLAGS])
])

AC_DEFUN([ECOM_ENABLE_SANITIZERS], [
	AC_ARG_ENABLE([sanitizers], [AS_HELP_STRING([--enable-sanitizers@<:@=LIST@:>@],
		[build with sanitizers (default list: address,undefined)])])
	AS_CASE([${enable_sanitizers:-no}], [no], [], [
		AS_IF([test "$enable_sanitizers" = yes], [enable_sanitizers=address,undefined])
		ecom_sanitize="-fsanitize=$enable_sanitizers -fno-omit-frame-pointer -fno-sanitize-recover=all"
		AS_VAR_APPEND([ECOM_CFLAGS], [" $ecom_sanitize"])
		AS_VAR_APPEND([ECOM_LDFLAGS], [" -fsanitize=$enable_sanitizers"])
		AC_DEFINE([ECOM_SANITIZED], [1], [Defined when built with sanitizers.])
	])
])

AC_DEFUN([ECOM_ENABLE_FUZZING], [
	AC_ARG_ENABLE([fuzzing], [AS_HELP_STRING([--enable-fuzzing],
		[link the fuzz targets with libFuzzer (needs CC=clang)])])
	AS_IF([test "$enable_fuzzing" = yes], [
		AS_VAR_APPEND([ECOM_CFLAGS], [" -fsanitize=fuzzer-no-link,address,undefined"])
		AS_VAR_APPEND([ECOM_LDFLAGS], [" -fsanitize=address,undefined"])
		FUZZER_LIBS=-fsanitize=fuzzer
	])
	AC_SUBST([FUZZER_LIBS])
])
