#include "../../../lib/init/src/personal.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

namespace weir::personal_test {

using namespace weir::init;

namespace {

// A name in the spellings that schemas use: from its words.
std::vector<std::string> spellings(const std::vector<std::string>& words) {
    std::string snake;
    std::string camel;
    std::string pascal;
    std::string run;
    std::string shouted;
    for (const auto& word : words) {
        std::string capital = word;
        capital[0] = static_cast<char>(capital[0] - 'a' + 'A');
        snake += (snake.empty() ? "" : "_") + word;
        camel += camel.empty() ? word : capital;
        pascal += capital;
        run += word;
        for (const char c : word) shouted += static_cast<char>(c - 'a' + 'A');
    }
    return {snake, camel, pascal, run, shouted, "user_" + snake, "user" + pascal, snake + "_enc"};
}

}  // namespace

TEST_CASE("what is secret is recognised in every spelling") {
    for (const std::vector<std::string>& words :
         std::vector<std::vector<std::string>>{{"password"},
                                               {"password", "hash"},
                                               {"passwort"},
                                               {"api", "key"},
                                               {"access", "token"},
                                               {"client", "secret"},
                                               {"private", "key"},
                                               {"reset", "code"},
                                               {"credentials"},
                                               {"recovery", "codes"}}) {
        for (const auto& name : spellings(words)) {
            INFO(name);
            CHECK(exposure_of(name) == exposure::secret);
        }
    }
    for (const char* name : {"pwd", "pass", "PW", "salt", "user_pw", "otp", "totp_seed", "jwt", "contraseña",
                             "mot de passe", "kata-sandi", "PIN", "cvv2"}) {
        INFO(name);
        CHECK(exposure_of(name) == exposure::secret);
    }
}

TEST_CASE("what is personal is recognised in every spelling") {
    for (const std::vector<std::string>& words :
         std::vector<std::vector<std::string>>{{"email"},
                                               {"mail"},
                                               {"email", "address"},
                                               {"phone"},
                                               {"phone", "number"},
                                               {"telephone"},
                                               {"birth", "date"},
                                               {"date", "of", "birth"},
                                               {"birthday"},
                                               {"first", "name"},
                                               {"last", "name"},
                                               {"street"},
                                               {"postal", "code"},
                                               {"passport", "number"},
                                               {"tax", "id"},
                                               {"credit", "card"}}) {
        for (const auto& name : spellings(words)) {
            INFO(name);
            CHECK(exposure_of(name) == exposure::personal);
        }
    }
    for (const char* name : {"ssn", "SSN", "dob", "fax", "e_mail", "eMail", "E-Mail", "mails", "phone1",
                             "Geburtsdatum", "téléphone", "correo", "ip", "iban", "tel."}) {
        INFO(name);
        CHECK(exposure_of(name) == exposure::personal);
    }
}

TEST_CASE("what any client may see stays") {
    for (const char* name :
         {"id",       "name",        "title",           "price_cents",   "created_at",      "status",
          "quantity", "page",        "passenger_count", "opinion",       "shipping_method", "compass",
          "stopword", "keyword",     "measure_level",   "time_zone",     "has_loaded",      "country",
          "city",     "description", "spinning",        "hashtag_count", "telescope",       "product_code",
          "message",  "language"}) {
        INFO(name);
        CHECK(exposure_of(name) == exposure::open);
    }
}

}  // namespace weir::personal_test
