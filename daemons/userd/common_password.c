/* Passwords that are tried first: the well-known ones of at least eight characters. */
#include "daemons/userd/common_password.h"

#include <string.h>
#include <strings.h>

#include "lib/base/mem.h"

static const char *const common[] = {
	"00000000",      "01234567",     "012345678",    "0123456789",   "0987654321",
	"11112222",      "11223344",     "1122334455",   "112233445566", "12121212",
	"123123123",     "12312312",     "12341234",     "1234512345",   "123454321",
	"12345678",      "123456789",    "1234567890",   "12345678910",  "123456789a",
	"123456abc",     "12345abc",     "12345qwert",   "123654789",    "1234abcd",
	"123qwe123",     "123qweasd",    "123qweasdzxc", "13131313",     "13579246",
	"147258369",     "14789632",     "147852369",    "159357456",    "159753456",
	"1a2b3c4d",      "1q2w3e4r",     "1q2w3e4r5t",   "1q2w3e4r5t6y", "1qaz2wsx",
	"1qaz2wsx3edc",  "1qazxsw2",     "20202020",     "22334455",     "321654987",
	"4815162342",    "55667788",     "741852963",    "76543210",     "789456123",
	"87654321",      "963852741",    "987654321",    "9876543210",   "a1b2c3d4",
	"a1s2d3f4",      "aa123456",     "aaaa1111",     "abc12345",     "abcd1234",
	"abcdefgh",      "abcdefghi",    "access14",     "admin123",     "admin1234",
	"administrator", "adminadmin",   "alexander",    "asdasdasd",    "asdf1234",
	"asdfasdf",      "asdfghjk",     "asdfghjkl",    "azertyuiop",   "babygirl",
	"babygurl",      "baseball",     "basketball",   "beautiful",    "benjamin",
	"bismillah",     "blink182",     "butterfly",    "carolina",     "changeme",
	"changeme1",     "charlie1",     "cheeseburger", "chelsea1",     "chocolate",
	"christian",     "cocacola",     "computer",     "corvette",     "danielle",
	"darkness",      "dragon123",    "drowssap",     "einstein",     "elephant",
	"elizabeth",     "estrella",     "fernando",     "football",     "football1",
	"forever1",      "fuckyou1",     "garfield",     "hallo123",     "heather1",
	"hello123",      "hello1234",    "helloworld",   "hunter123",    "iloveyou",
	"iloveyou1",     "iloveyou2",    "internet",     "jennifer",     "jonathan",
	"jordan23",      "justin123",    "kristina",     "letmein1",     "letmein123",
	"leverkusen",    "liverpool",    "liverpool1",   "login123",     "lollipop",
	"manchester",    "marlboro",     "master123",    "maverick",     "mercedes",
	"michael1",      "michelle",     "midnight",     "minecraft",    "monkey123",
	"mynoob123",     "nicholas",     "nirvana1",     "november",     "P@ssw0rd",
	"P@ssword",      "p@ssw0rd1",    "pa55word",     "pakistan",     "pass1234",
	"passport",      "passw0rd",     "passw0rd1",    "password",     "password!",
	"password01",    "password1",    "password1!",   "password11",   "password12",
	"password123",   "password1234", "passwort",     "passwort1",    "patricia",
	"pokemon1",      "portugal",     "princess",     "princess1",    "q1w2e3r4",
	"q1w2e3r4t5",    "qazwsx123",    "qazwsxedc",    "qazxswedc",    "qq123456",
	"qwer1234",      "qwerasdf",     "qwert123",     "qwert12345",   "qwertyui",
	"qwerty12",      "qwerty123",    "qwerty1234",   "qwerty12345",  "qwerty123456",
	"qwertyuio",     "qwertyuiop",   "qwertzuiop",   "rockstar",     "samantha",
	"sandiego",      "schatz123",    "secret123",    "september",    "slipknot",
	"snowball",      "sommer2024",   "spiderman",    "spiderman1",   "starwars",
	"steelers",      "sunshine",     "sunshine1",    "superman",     "superman1",
	"superstar",     "teacher1",     "test1234",     "test12345",    "testtest",
	"tinkerbell",    "trustno1",     "twilight",     "undertaker",   "valentina",
	"veronica",      "victoria",     "volkswagen",   "welcome1",     "welcome123",
	"westside",      "whatever",     "william1",     "zaq12wsx",     "zaq1zaq1",
	"zxcvbnm1",      "zxcvbnm123",   "zxcvbnm,",
};

bool password_is_common(const char *password, const char *email)
{
	if (strspn(password, (const char[]){ password[0], '\0' }) == strlen(password) ||
	    strcasecmp(password, email) == 0)
		return true;
	for (size_t i = 0; i < array_size(common); i++) {
		if (strcasecmp(password, common[i]) == 0)
			return true;
	}
	return false;
}
