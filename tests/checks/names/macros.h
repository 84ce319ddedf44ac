/* Names that other people's headers define as macros, here as what no compiler takes: a declaration, member,
   argument or variable of this project that has one of them does not compile. Included behind the system's
   own headers. */

/* clang-format off */
/* Qt (qobjectdefs.h) and Objective-C */
#undef slots
#define slots @garbage of another header@
#undef signals
#define signals @garbage of another header@
#undef emit
#define emit @garbage of another header@
#undef foreach
#define foreach @garbage of another header@
#undef forever
#define forever @garbage of another header@
#undef Q_OBJECT
#define Q_OBJECT @garbage of another header@
#undef nil
#define nil @garbage of another header@
#undef YES
#define YES @garbage of another header@
#undef NO
#define NO @garbage of another header@

/* windows.h */
#undef min
#define min(...) @garbage of another header@
#undef max
#define max(...) @garbage of another header@
#undef small
#define small @garbage of another header@
#undef near
#define near @garbage of another header@
#undef far
#define far @garbage of another header@
#undef pascal
#define pascal @garbage of another header@
#undef cdecl
#define cdecl @garbage of another header@
#undef interface
#define interface @garbage of another header@
#undef ERROR
#define ERROR @garbage of another header@
#undef IN
#define IN @garbage of another header@
#undef OUT
#define OUT @garbage of another header@
#undef OPTIONAL
#define OPTIONAL @garbage of another header@
#undef DELETE
#define DELETE @garbage of another header@
#undef NO_ERROR
#define NO_ERROR @garbage of another header@
#undef STRICT
#define STRICT @garbage of another header@
#undef CONST
#define CONST @garbage of another header@
#undef VOID
#define VOID @garbage of another header@
#undef TRUE
#define TRUE @garbage of another header@
#undef FALSE
#define FALSE @garbage of another header@
#undef BOOL
#define BOOL @garbage of another header@
#undef BYTE
#define BYTE @garbage of another header@
#undef WORD
#define WORD @garbage of another header@
#undef DWORD
#define DWORD @garbage of another header@
#undef INT
#define INT @garbage of another header@
#undef UINT
#define UINT @garbage of another header@
#undef LONG
#define LONG @garbage of another header@
#undef CHAR
#define CHAR @garbage of another header@
#undef IGNORE
#define IGNORE @garbage of another header@
#undef INFINITE
#define INFINITE @garbage of another header@
#undef PASSTHROUGH
#define PASSTHROUGH @garbage of another header@
#undef TRANSPARENT
#define TRANSPARENT @garbage of another header@
#undef OPAQUE
#define OPAQUE @garbage of another header@
#undef ABSOLUTE
#define ABSOLUTE @garbage of another header@
#undef RELATIVE
#define RELATIVE @garbage of another header@
#undef hyper
#define hyper @garbage of another header@
#undef boolean
#define boolean @garbage of another header@
#undef grp1
#define grp1 @garbage of another header@
#undef grp2
#define grp2 @garbage of another header@
#undef grp3
#define grp3 @garbage of another header@
#undef stc1
#define stc1 @garbage of another header@
#undef psh1
#define psh1 @garbage of another header@
#undef chx1
#define chx1 @garbage of another header@
#undef rad1
#define rad1 @garbage of another header@
#undef edt1
#define edt1 @garbage of another header@
#undef lst1
#define lst1 @garbage of another header@
#undef cmb1
#define cmb1 @garbage of another header@
#undef scr1
#define scr1 @garbage of another header@
#undef pshHelp
#define pshHelp @garbage of another header@
#undef CreateWindow
#define CreateWindow @garbage of another header@
#undef GetMessage
#define GetMessage @garbage of another header@
#undef SendMessage
#define SendMessage @garbage of another header@
#undef LoadImage
#define LoadImage @garbage of another header@
#undef GetObject
#define GetObject @garbage of another header@
#undef DrawText
#define DrawText @garbage of another header@
#undef Yield
#define Yield @garbage of another header@
#undef GetClassName
#define GetClassName @garbage of another header@
#undef RegisterClass
#define RegisterClass @garbage of another header@
#undef CreateFile
#define CreateFile @garbage of another header@
#undef DeleteFile
#define DeleteFile @garbage of another header@
#undef CopyFile
#define CopyFile @garbage of another header@
#undef MoveFile
#define MoveFile @garbage of another header@
#undef GetUserName
#define GetUserName @garbage of another header@
#undef FindWindow
#define FindWindow @garbage of another header@
#undef ReportEvent
#define ReportEvent @garbage of another header@
#undef environ
#define environ @garbage of another header@

/* X11 */
#undef None
#define None @garbage of another header@
#undef Status
#define Status @garbage of another header@
#undef Bool
#define Bool @garbage of another header@
#undef True
#define True @garbage of another header@
#undef False
#define False @garbage of another header@
#undef Success
#define Success @garbage of another header@
#undef Always
#define Always @garbage of another header@
#undef Never
#define Never @garbage of another header@
#undef Unsorted
#define Unsorted @garbage of another header@
#undef Above
#define Above @garbage of another header@
#undef Below
#define Below @garbage of another header@
#undef Button1
#define Button1 @garbage of another header@
#undef CurrentTime
#define CurrentTime @garbage of another header@
#undef KeyPress
#define KeyPress @garbage of another header@
#undef KeyRelease
#define KeyRelease @garbage of another header@
#undef FocusIn
#define FocusIn @garbage of another header@
#undef FocusOut
#define FocusOut @garbage of another header@
#undef Expose
#define Expose @garbage of another header@
#undef GrayScale
#define GrayScale @garbage of another header@
#undef StaticGray
#define StaticGray @garbage of another header@
#undef CursorShape
#define CursorShape @garbage of another header@
#undef Complex
#define Complex @garbage of another header@
#undef Convex
#define Convex @garbage of another header@
#undef Nonconvex
#define Nonconvex @garbage of another header@
#undef ControlMask
#define ControlMask @garbage of another header@
#undef Mask
#define Mask @garbage of another header@
#undef Data
#define Data @garbage of another header@
#undef Screen
#define Screen @garbage of another header@
#undef Display
#define Display @garbage of another header@
#undef Window
#define Window @garbage of another header@
#undef Root
#define Root @garbage of another header@
#undef Opposite
#define Opposite @garbage of another header@
#undef LineSolid
#define LineSolid @garbage of another header@
#undef ZPixmap
#define ZPixmap @garbage of another header@
#undef AllTemporary
#define AllTemporary @garbage of another header@
#undef RevertToParent
#define RevertToParent @garbage of another header@
#undef NoSymbol
#define NoSymbol @garbage of another header@
#undef Destination
#define Destination @garbage of another header@
#undef DestroyAll
#define DestroyAll @garbage of another header@

/* curses and term.h */
#undef lines
#define lines @garbage of another header@
#undef columns
#define columns @garbage of another header@
#undef buttons
#define buttons @garbage of another header@
#undef tab
#define tab @garbage of another header@
#undef bell
#define bell @garbage of another header@
#undef erase
#define erase(...) @garbage of another header@
#undef clear
#define clear(...) @garbage of another header@
#undef timeout
#define timeout(...) @garbage of another header@
#undef move
#define move(...) @garbage of another header@
#undef refresh
#define refresh(...) @garbage of another header@
#undef echo
#define echo(...) @garbage of another header@
#undef noecho
#define noecho(...) @garbage of another header@
#undef standout
#define standout(...) @garbage of another header@
#undef standend
#define standend(...) @garbage of another header@
#undef insch
#define insch(...) @garbage of another header@
#undef insertln
#define insertln(...) @garbage of another header@
#undef deleteln
#define deleteln(...) @garbage of another header@
#undef delch
#define delch(...) @garbage of another header@
#undef getch
#define getch(...) @garbage of another header@
#undef getstr
#define getstr(...) @garbage of another header@
#undef scroll
#define scroll(...) @garbage of another header@
#undef filter
#define filter(...) @garbage of another header@
#undef overlay
#define overlay(...) @garbage of another header@
#undef border
#define border(...) @garbage of another header@
#undef box
#define box(...) @garbage of another header@
#undef hline
#define hline(...) @garbage of another header@
#undef vline
#define vline(...) @garbage of another header@
#undef key_down
#define key_down @garbage of another header@
#undef key_up
#define key_up @garbage of another header@
#undef key_left
#define key_left @garbage of another header@
#undef key_right
#define key_right @garbage of another header@
#undef key_home
#define key_home @garbage of another header@
#undef key_enter
#define key_enter @garbage of another header@
#undef key_print
#define key_print @garbage of another header@
#undef key_send
#define key_send @garbage of another header@
#undef key_exit
#define key_exit @garbage of another header@
#undef key_close
#define key_close @garbage of another header@
#undef key_open
#define key_open @garbage of another header@
#undef key_copy
#define key_copy @garbage of another header@
#undef key_mark
#define key_mark @garbage of another header@
#undef key_find
#define key_find @garbage of another header@
#undef key_help
#define key_help @garbage of another header@
#undef key_next
#define key_next @garbage of another header@
#undef key_previous
#define key_previous @garbage of another header@
#undef cursor_up
#define cursor_up @garbage of another header@
#undef cursor_down
#define cursor_down @garbage of another header@
#undef set_tab
#define set_tab @garbage of another header@
#undef reset_file
#define reset_file @garbage of another header@
#undef init_file
#define init_file @garbage of another header@
#undef wait_tone
#define wait_tone @garbage of another header@
#undef pulse
#define pulse @garbage of another header@
#undef tone
#define tone @garbage of another header@
#undef flash_hook
#define flash_hook @garbage of another header@
#undef hangup
#define hangup @garbage of another header@
#undef dial_phone
#define dial_phone @garbage of another header@
#undef quick_dial
#define quick_dial @garbage of another header@
#undef user0
#define user0 @garbage of another header@
#undef user1
#define user1 @garbage of another header@
#undef set_clock
#define set_clock @garbage of another header@
#undef remove_clock
#define remove_clock @garbage of another header@
#undef display_clock
#define display_clock @garbage of another header@
#undef create_window
#define create_window @garbage of another header@
#undef goto_window
#define goto_window @garbage of another header@
#undef fixed_pause
#define fixed_pause @garbage of another header@
#undef save_cursor
#define save_cursor @garbage of another header@
#undef restore_cursor
#define restore_cursor @garbage of another header@
#undef repeat_char
#define repeat_char @garbage of another header@
#undef auto_left_margin
#define auto_left_margin @garbage of another header@
#undef no_pad_char
#define no_pad_char @garbage of another header@
#undef hard_copy
#define hard_copy @garbage of another header@
#undef over_strike
#define over_strike @garbage of another header@
#undef xon_xoff
#define xon_xoff @garbage of another header@
#undef pad_char
#define pad_char @garbage of another header@
#undef meta_on
#define meta_on @garbage of another header@
#undef meta_off
#define meta_off @garbage of another header@
#undef COLS
#define COLS @garbage of another header@
#undef LINES
#define LINES @garbage of another header@
#undef OK
#define OK @garbage of another header@
#undef ERR
#define ERR @garbage of another header@
#undef A_BOLD
#define A_BOLD @garbage of another header@
#undef set_window
#define set_window @garbage of another header@
#undef req_for_input
#define req_for_input @garbage of another header@
#undef bit_image_repeat
#define bit_image_repeat @garbage of another header@
#undef maximum_windows
#define maximum_windows @garbage of another header@
#undef lines_of_memory
#define lines_of_memory @garbage of another header@
#undef label_height
#define label_height @garbage of another header@
#undef label_width
#define label_width @garbage of another header@
#undef magic_cookie_glitch
#define magic_cookie_glitch @garbage of another header@
#undef status_line_esc_ok
#define status_line_esc_ok @garbage of another header@
#undef prog_mode
#define prog_mode @garbage of another header@
#undef parm_ich
#define parm_ich @garbage of another header@
#undef row_address
#define row_address @garbage of another header@
#undef column_address
#define column_address @garbage of another header@
#undef cursor_address
#define cursor_address @garbage of another header@
#undef cursor_left
#define cursor_left @garbage of another header@
#undef cursor_right
#define cursor_right @garbage of another header@
#undef cursor_home
#define cursor_home @garbage of another header@
#undef scroll_forward
#define scroll_forward @garbage of another header@
#undef scroll_reverse
#define scroll_reverse @garbage of another header@
#undef newline
#define newline @garbage of another header@
#undef carriage_return
#define carriage_return @garbage of another header@
#undef form_feed
#define form_feed @garbage of another header@
#undef init_prog
#define init_prog @garbage of another header@
#undef print_screen
#define print_screen @garbage of another header@
#undef prtr_on
#define prtr_on @garbage of another header@
#undef prtr_off
#define prtr_off @garbage of another header@
#undef prtr_non
#define prtr_non @garbage of another header@
#undef char_padding
#define char_padding @garbage of another header@

/* Arduino */
#undef abs
#define abs(...) @garbage of another header@
#undef round
#define round(...) @garbage of another header@
#undef bit
#define bit(...) @garbage of another header@
#undef F
#define F(...) @garbage of another header@
#undef HIGH
#define HIGH @garbage of another header@
#undef LOW
#define LOW @garbage of another header@
#undef word
#define word(...) @garbage of another header@
#undef lowByte
#define lowByte(...) @garbage of another header@
#undef highByte
#define highByte(...) @garbage of another header@
#undef INPUT
#define INPUT @garbage of another header@
#undef OUTPUT
#define OUTPUT @garbage of another header@
#undef INPUT_PULLUP
#define INPUT_PULLUP @garbage of another header@
#undef B0
#define B0 @garbage of another header@
#undef B1
#define B1 @garbage of another header@
#undef B00
#define B00 @garbage of another header@
#undef B01
#define B01 @garbage of another header@
#undef B10
#define B10 @garbage of another header@
#undef B11
#define B11 @garbage of another header@
#undef B101
#define B101 @garbage of another header@
#undef B1000000
#define B1000000 @garbage of another header@
#undef PI
#define PI @garbage of another header@
#undef HALF_PI
#define HALF_PI @garbage of another header@
#undef TWO_PI
#define TWO_PI @garbage of another header@
#undef EULER
#define EULER @garbage of another header@
#undef SERIAL
#define SERIAL @garbage of another header@
#undef DISPLAY
#define DISPLAY @garbage of another header@
#undef LSBFIRST
#define LSBFIRST @garbage of another header@
#undef MSBFIRST
#define MSBFIRST @garbage of another header@
#undef CHANGE
#define CHANGE @garbage of another header@
#undef FALLING
#define FALLING @garbage of another header@
#undef RISING
#define RISING @garbage of another header@
#undef DEFAULT
#define DEFAULT @garbage of another header@
#undef EXTERNAL
#define EXTERNAL @garbage of another header@
#undef INTERNAL
#define INTERNAL @garbage of another header@
#undef constrain
#define constrain(...) @garbage of another header@
#undef radians
#define radians(...) @garbage of another header@
#undef degrees
#define degrees(...) @garbage of another header@
#undef sq
#define sq(...) @garbage of another header@
#undef interrupts
#define interrupts @garbage of another header@
#undef noInterrupts
#define noInterrupts @garbage of another header@
#undef bitRead
#define bitRead(...) @garbage of another header@
#undef bitSet
#define bitSet(...) @garbage of another header@
#undef bitClear
#define bitClear(...) @garbage of another header@
#undef bitWrite
#define bitWrite(...) @garbage of another header@
#undef _BV
#define _BV @garbage of another header@
#undef cli
#define cli @garbage of another header@
#undef sei
#define sei @garbage of another header@
#undef PROGMEM
#define PROGMEM @garbage of another header@
#undef PSTR
#define PSTR @garbage of another header@

#ifndef NAMES_IMPLEMENTATION /* which calls the functions of the system */
/* lwIP, BSD */
#undef accept
#define accept(...) @garbage of another header@
#undef bind
#define bind(...) @garbage of another header@
#undef shutdown
#define shutdown(...) @garbage of another header@
#undef listen
#define listen(...) @garbage of another header@
#undef connect
#define connect(...) @garbage of another header@
#undef recv
#define recv(...) @garbage of another header@
#undef recvfrom
#define recvfrom(...) @garbage of another header@
#undef recvmsg
#define recvmsg(...) @garbage of another header@
#undef send
#define send(...) @garbage of another header@
#undef sendto
#define sendto(...) @garbage of another header@
#undef sendmsg
#define sendmsg(...) @garbage of another header@
#undef socket
#define socket(...) @garbage of another header@
#undef close
#define close(...) @garbage of another header@
#undef select
#define select(...) @garbage of another header@
#undef poll
#define poll(...) @garbage of another header@
#undef read
#define read(...) @garbage of another header@
#undef write
#define write(...) @garbage of another header@
#undef readv
#define readv(...) @garbage of another header@
#undef writev
#define writev(...) @garbage of another header@
#undef fcntl
#define fcntl(...) @garbage of another header@
#undef ioctl
#define ioctl(...) @garbage of another header@
#undef ioctlsocket
#define ioctlsocket(...) @garbage of another header@
#undef lwip
#define lwip @garbage of another header@
#undef getaddrinfo
#define getaddrinfo(...) @garbage of another header@
#undef freeaddrinfo
#define freeaddrinfo(...) @garbage of another header@
#undef gethostbyname
#define gethostbyname(...) @garbage of another header@
#undef getsockopt
#define getsockopt(...) @garbage of another header@
#undef setsockopt
#define setsockopt(...) @garbage of another header@
#undef inet_ntop
#define inet_ntop(...) @garbage of another header@
#undef inet_pton
#define inet_pton(...) @garbage of another header@
#undef s_addr
#define s_addr @garbage of another header@
#undef s6_addr
#define s6_addr @garbage of another header@
#undef mem
#define mem @garbage of another header@
#undef pbuf
#define pbuf @garbage of another header@
#undef LOCK_TCPIP_CORE
#define LOCK_TCPIP_CORE @garbage of another header@
#undef TCP_MSS
#define TCP_MSS @garbage of another header@
#undef MEM_SIZE
#define MEM_SIZE @garbage of another header@
#endif

/* glibc */
#undef major
#define major(...) @garbage of another header@
#undef minor
#define minor(...) @garbage of another header@
#undef makedev
#define makedev(...) @garbage of another header@
#undef unix
#define unix @garbage of another header@
#undef linux
#define linux @garbage of another header@
#undef st_atime
#define st_atime @garbage of another header@
#undef st_mtime
#define st_mtime @garbage of another header@
#undef st_ctime
#define st_ctime @garbage of another header@
#undef sa_handler
#define sa_handler @garbage of another header@
#undef sa_sigaction
#define sa_sigaction @garbage of another header@
#undef stdin
#define stdin @garbage of another header@
#undef stdout
#define stdout @garbage of another header@
#undef stderr
#define stderr @garbage of another header@
#undef h_addr
#define h_addr @garbage of another header@
#undef h_errno
#define h_errno @garbage of another header@
#undef si_value
#define si_value @garbage of another header@
#undef si_addr
#define si_addr @garbage of another header@
#undef si_band
#define si_band @garbage of another header@
#undef si_pid
#define si_pid @garbage of another header@
#undef si_int
#define si_int @garbage of another header@
#undef si_status
#define si_status @garbage of another header@
#undef alloca
#define alloca @garbage of another header@
#undef rindex
#define rindex @garbage of another header@
#undef i386
#define i386 @garbage of another header@
#undef mips
#define mips @garbage of another header@
#undef sparc
#define sparc @garbage of another header@
#undef sun
#define sun @garbage of another header@
#undef vax
#define vax @garbage of another header@
#undef hpux
#define hpux @garbage of another header@
#undef PPC
#define PPC @garbage of another header@
#undef arm
#define arm @garbage of another header@
#undef bcopy
#define bcopy @garbage of another header@
#undef bzero
#define bzero @garbage of another header@
#undef strdupa
#define strdupa @garbage of another header@
#undef signbit
#define signbit(...) @garbage of another header@
#undef isinf
#define isinf(...) @garbage of another header@
#undef isnan
#define isnan(...) @garbage of another header@
#undef isfinite
#define isfinite(...) @garbage of another header@
#undef fpclassify
#define fpclassify @garbage of another header@
#undef math_errhandling
#define math_errhandling @garbage of another header@
#undef st_blksize
#define st_blksize @garbage of another header@
#undef d_fileno
#define d_fileno @garbage of another header@
#undef sigmask
#define sigmask @garbage of another header@

/* FreeRTOS, Zephyr, Mbed */
#undef configMAX_PRIORITIES
#define configMAX_PRIORITIES @garbage of another header@
#undef pdTRUE
#define pdTRUE @garbage of another header@
#undef pdFALSE
#define pdFALSE @garbage of another header@
#undef pdPASS
#define pdPASS @garbage of another header@
#undef pdFAIL
#define pdFAIL @garbage of another header@
#undef portYIELD
#define portYIELD @garbage of another header@
#undef xTaskCreate
#define xTaskCreate @garbage of another header@
#undef vTaskDelay
#define vTaskDelay @garbage of another header@
#undef pvPortMalloc
#define pvPortMalloc @garbage of another header@
#undef vPortFree
#define vPortFree @garbage of another header@
#undef ARRAY_SIZE
#define ARRAY_SIZE(...) @garbage of another header@
#undef CONTAINER_OF
#define CONTAINER_OF @garbage of another header@
#undef BIT
#define BIT(...) @garbage of another header@
#undef BIT_MASK
#define BIT_MASK @garbage of another header@
#undef MIN
#define MIN(...) @garbage of another header@
#undef MAX
#define MAX(...) @garbage of another header@
#undef CLAMP
#define CLAMP(...) @garbage of another header@
#undef ROUND_UP
#define ROUND_UP @garbage of another header@
#undef ROUND_DOWN
#define ROUND_DOWN @garbage of another header@
#undef DIV_ROUND_UP
#define DIV_ROUND_UP @garbage of another header@
#undef IS_ENABLED
#define IS_ENABLED @garbage of another header@
#undef UTIL_OR
#define UTIL_OR @garbage of another header@
#undef K_FOREVER
#define K_FOREVER @garbage of another header@
#undef K_MSEC
#define K_MSEC @garbage of another header@
#undef LOG_ERR
#define LOG_ERR @garbage of another header@
#undef LOG_INF
#define LOG_INF @garbage of another header@
#undef USED
#define USED @garbage of another header@
#undef WEAK
#define WEAK @garbage of another header@
#undef PACKED
#define PACKED @garbage of another header@
#undef SECTION
#define SECTION @garbage of another header@
#undef unused
#define unused @garbage of another header@
#undef packed
#define packed @garbage of another header@
#undef likely
#define likely @garbage of another header@
#undef unlikely
#define unlikely @garbage of another header@
#undef RESET
#define RESET @garbage of another header@
#undef SET
#define SET @garbage of another header@
#undef ENABLE
#define ENABLE @garbage of another header@
#undef DISABLE
#define DISABLE @garbage of another header@
#undef READ_BIT
#define READ_BIT @garbage of another header@
#undef SET_BIT
#define SET_BIT @garbage of another header@
#undef READY
#define READY @garbage of another header@
#undef BUSY
#define BUSY @garbage of another header@
#undef IDLE
#define IDLE @garbage of another header@

/* math.h, complex.h, stdatomic.h, threads.h */
#undef I
#define I @garbage of another header@
#undef complex
#define complex @garbage of another header@
#undef imaginary
#define imaginary @garbage of another header@
#undef M_PI
#define M_PI @garbage of another header@
#undef M_E
#define M_E @garbage of another header@
#undef HUGE_VAL
#define HUGE_VAL @garbage of another header@
#undef HUGE
#define HUGE @garbage of another header@
#undef y0
#define y0(...) @garbage of another header@
#undef y1
#define y1(...) @garbage of another header@
#undef yn
#define yn(...) @garbage of another header@
#undef j0
#define j0(...) @garbage of another header@
#undef j1
#define j1(...) @garbage of another header@
#undef jn
#define jn(...) @garbage of another header@
#undef gamma
#define gamma(...) @garbage of another header@
#undef signgam
#define signgam @garbage of another header@
#undef exception
#define exception(...) @garbage of another header@
#undef matherr
#define matherr(...) @garbage of another header@
#undef DOMAIN
#define DOMAIN @garbage of another header@
#undef SING
#define SING @garbage of another header@
#undef OVERFLOW
#define OVERFLOW @garbage of another header@
#undef UNDERFLOW
#define UNDERFLOW @garbage of another header@
#undef PLOSS
#define PLOSS @garbage of another header@
#undef TLOSS
#define TLOSS @garbage of another header@
#undef X_TLOSS
#define X_TLOSS @garbage of another header@
#undef noreturn
#define noreturn @garbage of another header@

/* assert-like and logging libraries */
#undef check
#define check(...) @garbage of another header@
#undef CHECK
#define CHECK(...) @garbage of another header@
#undef LOG
#define LOG(...) @garbage of another header@
#undef TRACE
#define TRACE(...) @garbage of another header@
#undef DEBUG
#define DEBUG(...) @garbage of another header@
#undef INFO
#define INFO(...) @garbage of another header@
#undef WARN
#define WARN(...) @garbage of another header@
#undef WARNING
#define WARNING(...) @garbage of another header@
#undef FATAL
#define FATAL(...) @garbage of another header@
#undef FAIL
#define FAIL(...) @garbage of another header@
#undef ASSERT
#define ASSERT(...) @garbage of another header@
#undef EXPECT
#define EXPECT(...) @garbage of another header@
#undef verify
#define verify(...) @garbage of another header@
#undef require
#define require(...) @garbage of another header@
#undef ensure
#define ensure(...) @garbage of another header@
#undef debug
#define debug(...) @garbage of another header@
#undef panic
#define panic(...) @garbage of another header@
#undef fatal
#define fatal(...) @garbage of another header@
#undef log
#define log(...) @garbage of another header@
#undef trace
#define trace(...) @garbage of another header@
#undef warn
#define warn(...) @garbage of another header@
#undef dump
#define dump(...) @garbage of another header@

/* kernel and others */
#undef current
#define current(...) @garbage of another header@
#undef container_of
#define container_of(...) @garbage of another header@
#undef list_entry
#define list_entry(...) @garbage of another header@
#undef offset_of
#define offset_of(...) @garbage of another header@
#undef swap
#define swap(...) @garbage of another header@
#undef barrier
#define barrier(...) @garbage of another header@
#undef cpu_relax
#define cpu_relax @garbage of another header@
#undef current_thread
#define current_thread @garbage of another header@
#undef module
#define module(...) @garbage of another header@
#undef rep
#define rep(...) @garbage of another header@
#undef get
#define get(...) @garbage of another header@
#undef put
#define put(...) @garbage of another header@
#undef PAGE_SIZE
#define PAGE_SIZE @garbage of another header@
#undef PAGE_MASK
#define PAGE_MASK @garbage of another header@
#undef U8
#define U8 @garbage of another header@
#undef U16
#define U16 @garbage of another header@
#undef U32
#define U32 @garbage of another header@
#undef S8
#define S8 @garbage of another header@
#undef S16
#define S16 @garbage of another header@
#undef S32
#define S32 @garbage of another header@
#undef u8
#define u8 @garbage of another header@
#undef u16
#define u16 @garbage of another header@
#undef s8
#define s8 @garbage of another header@
#undef s16
#define s16 @garbage of another header@
#undef s32
#define s32 @garbage of another header@
#undef i8
#define i8 @garbage of another header@
#undef i16
#define i16 @garbage of another header@
#undef i32
#define i32 @garbage of another header@
#undef TEXT
#define TEXT @garbage of another header@
#undef MD_CTX
#define MD_CTX @garbage of another header@
#undef VERSION
#define VERSION @garbage of another header@
#undef PACKAGE
#define PACKAGE @garbage of another header@
#undef NAME
#define NAME @garbage of another header@
#undef HOST
#define HOST @garbage of another header@
#undef PORT
#define PORT @garbage of another header@
#undef URL
#define URL @garbage of another header@
#undef PATH
#define PATH @garbage of another header@
#undef TYPE
#define TYPE @garbage of another header@
#undef VALUE
#define VALUE @garbage of another header@
#undef KEY
#define KEY @garbage of another header@
#undef EVENT
#define EVENT @garbage of another header@
#undef GROUP
#define GROUP @garbage of another header@
#undef TIME
#define TIME @garbage of another header@
#undef STATE
#define STATE @garbage of another header@
#undef FLAGS
#define FLAGS @garbage of another header@
