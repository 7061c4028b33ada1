#include "personal.hpp"

#include "words.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace weir::init {
namespace {

// Parts of the name without separators, in English and in the languages that schemas are often named in.
constexpr auto secret_parts = std::to_array<std::string_view>({"password",
                                                               "passwd",
                                                               "passwort",
                                                               "passphrase",
                                                               "passcode",
                                                               "passhash",
                                                               "pwdhash",
                                                               "kennwort",
                                                               "contrasena",
                                                               "motdepasse",
                                                               "senha",
                                                               "katasandi",
                                                               "wachtwoord",
                                                               "losenord",
                                                               "secret",
                                                               "geheim",
                                                               "token",
                                                               "credential",
                                                               "apikey",
                                                               "privatekey",
                                                               "accesskey",
                                                               "authkey",
                                                               "encryptionkey",
                                                               "signingkey",
                                                               "licensekey",
                                                               "sessionkey",
                                                               "sessiondata",
                                                               "recoverycode",
                                                               "backupcode",
                                                               "resetcode",
                                                               "activationcode",
                                                               "verificationcode",
                                                               "confirmationcode",
                                                               "securitycode",
                                                               "securityanswer",
                                                               "securityquestion",
                                                               "onetimecode",
                                                               "authcode",
                                                               "oauth",
                                                               "webauthn",
                                                               "mnemonic",
                                                               "keystore"});

constexpr auto secret_words = std::to_array<std::string_view>(
    {"pass",   "pw",     "pwd",   "psw",  "pswd", "pword", "userpass", "userpwd", "haslo",
     "salt",   "hash",   "otp",   "totp", "hotp", "mfa",   "2fa",      "pin",     "jwt",
     "bearer", "cookie", "nonce", "cvv",  "cvc",  "ccv",   "clave"});

constexpr auto personal_parts = std::to_array<std::string_view>({"mail",
                                                                 "courriel",
                                                                 "correo",
                                                                 "phone",
                                                                 "telefon",
                                                                 "telepon",
                                                                 "handynummer",
                                                                 "mobile",
                                                                 "cellular",
                                                                 "socialsecurity",
                                                                 "socialinsurance",
                                                                 "nationalid",
                                                                 "nationalinsurance",
                                                                 "taxid",
                                                                 "taxnumber",
                                                                 "taxpayer",
                                                                 "passport",
                                                                 "reisepass",
                                                                 "driverlicense",
                                                                 "driverslicense",
                                                                 "drivinglicense",
                                                                 "licenceno",
                                                                 "idnumber",
                                                                 "birth",
                                                                 "geburt",
                                                                 "naissance",
                                                                 "nacimiento",
                                                                 "tanggallahir",
                                                                 "tgllahir",
                                                                 "address",
                                                                 "adresse",
                                                                 "direccion",
                                                                 "alamat",
                                                                 "anschrift",
                                                                 "street",
                                                                 "strasse",
                                                                 "postcode",
                                                                 "postalcode",
                                                                 "zipcode",
                                                                 "firstname",
                                                                 "lastname",
                                                                 "middlename",
                                                                 "maidenname",
                                                                 "fullname",
                                                                 "surname",
                                                                 "givenname",
                                                                 "familyname",
                                                                 "forename",
                                                                 "contactname",
                                                                 "nachname",
                                                                 "vorname",
                                                                 "prenom",
                                                                 "apellido",
                                                                 "nickname",
                                                                 "realname",
                                                                 "legalname",
                                                                 "ethnic",
                                                                 "religio",
                                                                 "nationality",
                                                                 "sexualor",
                                                                 "disabilit",
                                                                 "diagnos",
                                                                 "medical",
                                                                 "bloodtype",
                                                                 "biometric",
                                                                 "fingerprint",
                                                                 "salary",
                                                                 "gehalt",
                                                                 "salaire",
                                                                 "income",
                                                                 "creditcard",
                                                                 "cardnumber",
                                                                 "cardno",
                                                                 "cardholder",
                                                                 "ccnumber",
                                                                 "accountnumber",
                                                                 "bankaccount",
                                                                 "routingnumber",
                                                                 "sortcode",
                                                                 "ipaddr",
                                                                 "useragent",
                                                                 "deviceid",
                                                                 "geolocation",
                                                                 "whatsapp",
                                                                 "emergencycontact"});

constexpr auto personal_words = std::to_array<std::string_view>(
    {"surel", "tel",  "fax",   "telp",   "hp",  "cell", "gsm",      "handy",     "ssn",
     "sin",   "nik",  "nin",   "nino",   "bsn", "cpf",  "curp",     "dob",       "bday",
     "born",  "age",  "zip",   "plz",    "ip",  "iban", "bic",      "swift",     "gender",
     "sex",   "race", "photo", "avatar", "lat", "lng",  "latitude", "longitude", "imei"});

template <std::size_t N>
bool has_part(std::string_view compact, const std::array<std::string_view, N>& parts) {
    return std::any_of(parts.begin(), parts.end(),
                       [&](std::string_view part) { return compact.find(part) != std::string_view::npos; });
}

// Returns the word without the digits at its end: "phone2" is a phone.
std::string_view without_number(std::string_view word) {
    const auto last = word.find_last_not_of("0123456789");
    return last == std::string_view::npos ? word : word.substr(0, last + 1);
}

template <std::size_t N>
bool has_word(const std::vector<std::string>& words, const std::array<std::string_view, N>& known) {
    return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
        const auto is_it = [&](std::string_view each) {
            return each == word || each == without_number(word) ||
                   (word.ends_with('s') && each == std::string_view{word}.substr(0, word.size() - 1));
        };
        return std::any_of(known.begin(), known.end(), is_it);
    });
}

}  // namespace

exposure exposure_of(std::string_view column_name) {
    const auto words = words_of(column_name);
    const std::string compact = joined(words, "");
    if (has_part(compact, secret_parts) || has_word(words, secret_words)) return exposure::secret;
    if (has_part(compact, personal_parts) || has_word(words, personal_words)) return exposure::personal;
    return exposure::open;
}

}  // namespace weir::init
