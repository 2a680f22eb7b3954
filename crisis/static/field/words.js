/* What the field app says, in the three languages of field teams. Kept here, because the phone has no network to ask. */
const WORDS = {
  en: {
    dir: "ltr", name: "English",
    draft: "draft", waiting: "waiting", sent: "sent", send_now: "Send {n} now", nothing_waits: "Nothing waits to be sent",
    last_sent: "Last sent {when}. Safe on this phone until the town says it has them.", never_sent: "Not sent anything yet from this phone.",
    v_begin: "Begin", v_no_report: "No report from here?", v_note: "Why (your supervisor reads it)", v_refused: "Refused", v_inaccessible: "Cannot be reached", v_all_done: "All seen here", v_done: "done", v_under_way: "under way", v_until: "until {day}", v_late: "late, until {day}", v_waits: "Said at {time}; told to the town as soon as there is a network.",
    visits: "Visits, in the order of a walk", no_visits: "No visits assigned. Ask your supervisor, or make a new report.", new_report: "New report", which_form: "What do you report?",
    no_forms: "No forms on this phone yet. Prepare for the field while you have a network.",
    prepare: "Prepare for the field", preparing: "Fetching forms, places and visits …", prepared: "Ready for the field: {forms} forms, {places} places, {visits} visits, {kb} KB. Fetched {when}.",
    prepare_failed: "That needs a network. Try again where there is one; what is on this phone stays.", sign_in: "Sign in", sign_in_to_send: "Sign in again to send. Your records stay on this phone.",
    welcome: "Field reports", welcome_text: "Sign in once with a network. After that this works without one.", not_secure: "This address is not secure (https), so this phone cannot keep records safely. Ask for the secure address.",
    question_of: "Question {n} of {all}", see_all: "See all", back: "Back", next_is: "Next: {what}", check: "Check answers", saved: "Saved {time}",
    finish: "Finish and seal", finish_hint: "Once sealed, nobody can read it on this phone, not even you. It is sent as soon as there is a network.",
    to_fix: "{n} answers to look at first", required: "An answer is needed.", wrong_number: "Write a number.", not_possible: "This answer is not possible.", optional: "can be left out", no_answer: "no answer",
    position: "Use my position", position_of: "{lat}, {lon}, within {m} m", finding: "Looking for satellites … {m} m so far", no_position: "No position found. Go outside, tap on the outline, or choose the neighbourhood.", tap_map: "Tap where it is", clear: "Clear",
    take_photo: "Take a photo", another_photo: "Take it again", photo_kept: "Photo kept, {kb} KB", no_room: "This phone is full, so the photo was not kept. Your answers are safe. Remove something else from the phone and try again.",
    photo_bad: "This picture cannot be read. Take another one.", throw_away: "Throw this draft away", thrown: "Thrown away.", undo: "Undo", waiting_title: "Waiting to be sent", sent_title: "Sent", drafts_title: "Drafts",
    nothing_here: "Nothing here.", sealed_at: "Sealed {time}, {kb} KB.", sending: "Sending", tried: "Tried {n} times", tried_why: "{why} Nothing is lost; next try {when}.", why_network: "The network stopped.", why_portal: "A Wi-Fi sign-in page answered instead of the town.", why_server: "The town's server had a problem.", why_missing: "A photo did not arrive whole.",
    why_signed_out: "You are signed out.", receipt: "Receipt {r}", kept_aside: "Kept by the town; a supervisor will look at it.", sending_n: "Sending {n} of {all}", sending_hint: "{sent} of {size} KB. You can close this; it goes on next time.", save_file: "Save all to a file", saved_file: "Saved {n} sealed records. Another phone or computer can hand the file in.", hand_in: "Hand in a file", handed_in: "{n} records handed in.", stop: "Stop sending",
    sent_back: "Sent back", from: "From {who}, {place}, {time}:", correct: "Correct it", lost_title: "Records are missing", lost_text: "These were on this phone and are gone without having been sent, perhaps because the browser's storage was cleared:", understood: "I have told my supervisor",
    others_lost: "These were reported on a phone of yours and have not arrived:", clock_wrong: "The clock of this phone is off by {n} minutes. Please set it.", offline: "no network", online: "online", weak: "sending", language: "Language", in_other_tab: "This draft is open in another tab.", who: "Signed in as {who}", switch_person: "Another person", switch_waits: "{n} records of {who} wait on this phone. They stay sealed and are sent whoever is signed in.",
    persist_no: "The browser may clear this phone's storage after a week. Install the app: menu, Add to home screen.", install: "Install", now: "now", metres: "{n} m", km: "{n} km", near: "Near you", all_answers: "All answers", change: "Change", updated: "A new version is ready.", reload: "Use it now",
    take_back: "Take back", take_back_until: "Take back (until {time})", take_back_of: "Taking back: {what}", take_back_sure: "Take this record back? The town keeps it and its receipt, but it will not count.", keep_it: "Leave it", taking_back: "being taken back", taken_back: "taken back", not_taken_back: "not taken back: too late or already judged. A supervisor sees that you asked.",
    explain: "Say what became of them", explain_why: "What became of it (entered again, a test, phone lost ...)", set_aside: "Set aside", missing_title: "Not arrived",
    another: "Another: {what}",
    map_note: "An outline, not a map: tap roughly where it is.", ack: "I have read this", expires: "{n} records should be sent within {days} days, before the browser may clear them.",
  },
  fr: {
    dir: "ltr", name: "Français",
    draft: "brouillon", waiting: "en attente", sent: "envoyé", send_now: "Envoyer {n} maintenant", nothing_waits: "Rien à envoyer",
    last_sent: "Dernier envoi {when}. En sûreté sur ce téléphone jusqu'à ce que la commune confirme.", never_sent: "Rien n'a encore été envoyé de ce téléphone.",
    v_begin: "Commencer", v_no_report: "Pas de rapport d'ici ?", v_note: "Pourquoi (votre responsable le lit)", v_refused: "Refusé", v_inaccessible: "Inaccessible", v_all_done: "Tout est vu ici", v_done: "fait", v_under_way: "en cours", v_until: "avant le {day}", v_late: "en retard, avant le {day}", v_waits: "Dit à {time} ; transmis à la ville dès qu'il y a du réseau.",
    visits: "Visites, dans l'ordre d'une marche", no_visits: "Aucune visite assignée. Demandez à votre responsable ou faites un nouveau rapport.", new_report: "Nouveau rapport", which_form: "Que signalez-vous ?",
    no_forms: "Pas encore de formulaires sur ce téléphone. Préparez le terrain tant que vous avez du réseau.",
    prepare: "Préparer le terrain", preparing: "Formulaires, lieux et visites …", prepared: "Prêt pour le terrain : {forms} formulaires, {places} lieux, {visits} visites, {kb} Ko. Chargé {when}.",
    prepare_failed: "Il faut du réseau. Réessayez où il y en a ; ce qui est sur ce téléphone y reste.", sign_in: "Se connecter", sign_in_to_send: "Reconnectez-vous pour envoyer. Vos fiches restent sur ce téléphone.",
    welcome: "Rapports de terrain", welcome_text: "Connectez-vous une fois avec du réseau. Ensuite cela marche sans.", not_secure: "Cette adresse n'est pas sûre (https) : ce téléphone ne peut pas garder de fiches. Demandez l'adresse sûre.",
    question_of: "Question {n} sur {all}", see_all: "Tout voir", back: "Retour", next_is: "Suite : {what}", check: "Relire les réponses", saved: "Gardé {time}",
    finish: "Terminer et sceller", finish_hint: "Une fois scellée, personne ne peut la lire sur ce téléphone, pas même vous. Elle part dès qu'il y a du réseau.",
    to_fix: "{n} réponses à revoir d'abord", required: "Il faut une réponse.", wrong_number: "Écrivez un nombre.", not_possible: "Cette réponse n'est pas possible.", optional: "facultatif", no_answer: "sans réponse",
    position: "Utiliser ma position", position_of: "{lat}, {lon}, à {m} m près", finding: "Recherche de satellites … {m} m pour l'instant", no_position: "Position introuvable. Sortez, touchez le plan ou choisissez le quartier.", tap_map: "Toucher l'endroit", clear: "Effacer",
    take_photo: "Prendre une photo", another_photo: "La reprendre", photo_kept: "Photo gardée, {kb} Ko", no_room: "Ce téléphone est plein : la photo n'a pas été gardée. Vos réponses sont sauves. Libérez de la place et réessayez.",
    photo_bad: "Cette image est illisible. Prenez-en une autre.", throw_away: "Jeter ce brouillon", thrown: "Jeté.", undo: "Annuler", waiting_title: "En attente d'envoi", sent_title: "Envoyé", drafts_title: "Brouillons",
    nothing_here: "Rien ici.", sealed_at: "Scellé {time}, {kb} Ko.", sending: "Envoi", tried: "{n} essais", tried_why: "{why} Rien n'est perdu ; prochain essai {when}.", why_network: "Le réseau s'est arrêté.", why_portal: "Une page de connexion Wi-Fi a répondu à la place de la commune.", why_server: "Le serveur de la commune a eu un problème.", why_missing: "Une photo n'est pas arrivée entière.",
    why_signed_out: "Vous êtes déconnecté.", receipt: "Reçu {r}", kept_aside: "Gardé par la commune ; un responsable va regarder.", sending_n: "Envoi {n} sur {all}", sending_hint: "{sent} sur {size} Ko. Vous pouvez fermer ; cela reprendra.", save_file: "Tout garder en fichier", saved_file: "{n} fiches scellées gardées. Un autre appareil peut remettre le fichier.", hand_in: "Remettre un fichier", handed_in: "{n} fiches remises.", stop: "Arrêter l'envoi",
    sent_back: "Renvoyé", from: "De {who}, {place}, {time} :", correct: "Corriger", lost_title: "Des fiches manquent", lost_text: "Elles étaient sur ce téléphone et ont disparu sans être envoyées, peut-être parce que la mémoire du navigateur a été vidée :", understood: "J'ai prévenu mon responsable",
    others_lost: "Elles étaient sur un de vos téléphones et ne sont pas arrivées :", clock_wrong: "L'horloge de ce téléphone est décalée de {n} minutes. Réglez-la.", offline: "pas de réseau", online: "en ligne", weak: "envoi", language: "Langue", in_other_tab: "Ce brouillon est ouvert dans un autre onglet.", who: "Connecté : {who}", switch_person: "Autre personne", switch_waits: "{n} fiches de {who} attendent sur ce téléphone. Elles restent scellées et partiront quelle que soit la personne connectée.",
    persist_no: "Le navigateur peut vider la mémoire après une semaine. Installez l'application : menu, Ajouter à l'écran d'accueil.", install: "Installer", now: "à l'instant", metres: "{n} m", km: "{n} km", near: "Près de vous", all_answers: "Toutes les réponses", change: "Changer", updated: "Une nouvelle version est prête.", reload: "L'utiliser",
    take_back: "Reprendre", take_back_until: "Reprendre (jusqu'à {time})", take_back_of: "Reprise : {what}", take_back_sure: "Reprendre cette fiche ? La commune la garde, ainsi que son reçu, mais elle ne comptera pas.", keep_it: "La laisser", taking_back: "reprise en cours", taken_back: "reprise", not_taken_back: "non reprise : trop tard ou déjà jugée. Un responsable voit votre demande.",
    explain: "Dire ce qu'elles sont devenues", explain_why: "Ce qu'elle est devenue (ressaisie, un essai, téléphone perdu ...)", set_aside: "Classer", missing_title: "Pas arrivées",
    another: "Encore : {what}",
    map_note: "Un contour, pas une carte : touchez à peu près l'endroit.", ack: "J'ai lu", expires: "{n} fiches à envoyer dans les {days} jours, avant que le navigateur puisse les effacer.",
  },
  ar: {
    dir: "rtl", name: "العربية",
    draft: "مسودة", waiting: "بالانتظار", sent: "أُرسل", send_now: "أرسل {n} الآن", nothing_waits: "لا شيء ينتظر الإرسال",
    last_sent: "آخر إرسال {when}. محفوظة على هذا الهاتف حتى تؤكد البلدية استلامها.", never_sent: "لم يُرسل شيء من هذا الهاتف بعد.",
    v_begin: "ابدأ", v_no_report: "لا تقرير من هنا؟", v_note: "لماذا (يقرؤه مشرفك)", v_refused: "رُفضت", v_inaccessible: "لا يمكن الوصول", v_all_done: "رأينا كل شيء هنا", v_done: "تمت", v_under_way: "جارية", v_until: "حتى {day}", v_late: "متأخرة، حتى {day}", v_waits: "قيل في {time}؛ تُبلَّغ البلدية حين تتوفر الشبكة.",
    visits: "الزيارات، بترتيب السير", no_visits: "لا زيارات مسندة. اسأل المشرف أو اكتب تقريرًا جديدًا.", new_report: "تقرير جديد", which_form: "عمّ تبلغ؟",
    no_forms: "لا نماذج على هذا الهاتف بعد. استعد للميدان ما دامت الشبكة متاحة.",
    prepare: "الاستعداد للميدان", preparing: "جلب النماذج والأماكن والزيارات …", prepared: "جاهز للميدان: {forms} نماذج، {places} أماكن، {visits} زيارات، {kb} ك.ب. جُلبت {when}.",
    prepare_failed: "يحتاج ذلك إلى شبكة. حاول حيث توجد؛ ما على الهاتف يبقى.", sign_in: "تسجيل الدخول", sign_in_to_send: "سجّل الدخول من جديد للإرسال. سجلاتك باقية على الهاتف.",
    welcome: "تقارير الميدان", welcome_text: "سجّل الدخول مرة مع شبكة، وبعدها يعمل من دونها.", not_secure: "هذا العنوان غير آمن (https)، فلا يمكن حفظ السجلات بأمان. اطلب العنوان الآمن.",
    question_of: "السؤال {n} من {all}", see_all: "عرض الكل", back: "رجوع", next_is: "التالي: {what}", check: "مراجعة الأجوبة", saved: "حُفظ {time}",
    finish: "إنهاء وختم", finish_hint: "بعد الختم لا يستطيع أحد قراءته على هذا الهاتف، ولا أنت. يُرسل حالما توجد شبكة.",
    to_fix: "{n} أجوبة يجب النظر فيها أولًا", required: "الجواب مطلوب.", wrong_number: "اكتب رقمًا.", not_possible: "هذا الجواب غير ممكن.", optional: "يمكن تركه", no_answer: "بلا جواب",
    position: "استخدم موقعي", position_of: "{lat}، {lon}، بدقة {m} م", finding: "البحث عن الأقمار … {m} م حتى الآن", no_position: "لم يُعثر على الموقع. اخرج إلى العراء أو المس المخطط أو اختر الحي.", tap_map: "المس المكان", clear: "مسح",
    take_photo: "التقط صورة", another_photo: "التقطها من جديد", photo_kept: "حُفظت الصورة، {kb} ك.ب", no_room: "الهاتف ممتلئ فلم تُحفظ الصورة. أجوبتك محفوظة. أفرغ مساحة وحاول من جديد.",
    photo_bad: "لا يمكن قراءة هذه الصورة. التقط غيرها.", throw_away: "ارمِ هذه المسودة", thrown: "رُميت.", undo: "تراجع", waiting_title: "بانتظار الإرسال", sent_title: "المرسل", drafts_title: "المسودات",
    nothing_here: "لا شيء هنا.", sealed_at: "خُتم {time}، {kb} ك.ب.", sending: "يُرسل", tried: "{n} محاولات", tried_why: "{why} لم يضع شيء؛ المحاولة التالية {when}.", why_network: "توقفت الشبكة.", why_portal: "أجابت صفحة دخول واي فاي بدل البلدية.", why_server: "حدثت مشكلة في خادم البلدية.", why_missing: "لم تصل صورة كاملة.",
    why_signed_out: "لست مسجل الدخول.", receipt: "إيصال {r}", kept_aside: "احتفظت به البلدية وسينظر فيه مشرف.", sending_n: "إرسال {n} من {all}", sending_hint: "{sent} من {size} ك.ب. يمكنك الإغلاق؛ سيتابع لاحقًا.", save_file: "حفظ الكل في ملف", saved_file: "حُفظ {n} سجل مختوم. يمكن لجهاز آخر تسليم الملف.", hand_in: "تسليم ملف", handed_in: "سُلّم {n} سجل.", stop: "أوقف الإرسال",
    sent_back: "أُعيد", from: "من {who}، {place}، {time}:", correct: "صحّحه", lost_title: "سجلات مفقودة", lost_text: "كانت على هذا الهاتف واختفت قبل إرسالها، ربما لأن ذاكرة المتصفح مُسحت:", understood: "أخبرت المشرف",
    others_lost: "كانت على هاتف لك ولم تصل:", clock_wrong: "ساعة هذا الهاتف تختلف بـ {n} دقيقة. اضبطها.", offline: "لا شبكة", online: "متصل", weak: "يُرسل", language: "اللغة", in_other_tab: "هذه المسودة مفتوحة في لسان آخر.", who: "الداخل: {who}", switch_person: "شخص آخر", switch_waits: "{n} سجلات لـ {who} تنتظر على هذا الهاتف. تبقى مختومة وتُرسل أيًا كان الداخل.",
    persist_no: "قد يمسح المتصفح الذاكرة بعد أسبوع. ثبّت التطبيق: القائمة، الإضافة إلى الشاشة الرئيسية.", install: "تثبيت", now: "الآن", metres: "{n} م", km: "{n} كم", near: "قريب منك", all_answers: "كل الأجوبة", change: "تغيير", updated: "نسخة جديدة جاهزة.", reload: "استخدمها الآن",
    take_back: "استرجاع", take_back_until: "استرجاع (حتى {time})", take_back_of: "استرجاع: {what}", take_back_sure: "هل تسترجع هذا السجل؟ تحتفظ به البلدية وبإيصاله، لكنه لن يُحتسب.", keep_it: "اتركه", taking_back: "قيد الاسترجاع", taken_back: "استُرجع", not_taken_back: "لم يُسترجع: فات الأوان أو جرى الحكم فيه. يرى المشرف طلبك.",
    explain: "بيّن ما حلّ بها", explain_why: "ما حلّ به (أُدخل من جديد، تجربة، هاتف ضائع ...)", set_aside: "تنحية", missing_title: "لم تصل",
    another: "واحد آخر: {what}",
    map_note: "مخطط وليس خريطة: المس المكان على وجه التقريب.", ack: "قرأت هذا", expires: "{n} سجلات يجب إرسالها خلال {days} أيام قبل أن يمسحها المتصفح.",
  },
};

const KEY = "reprise-field-language";
export const LANGUAGES = Object.keys(WORDS);
export let language = pick();

function pick() {
  let wanted = null;
  try {
    wanted = localStorage.getItem(KEY);
  } catch {
    // A closed storage: the browser's language decides.
  }
  wanted ??= (navigator.languages ?? [navigator.language]).map((tag) => tag.slice(0, 2)).find((tag) => tag in WORDS);
  return wanted in WORDS ? wanted : "en";
}

export function speak(code) {
  language = code;
  try {
    localStorage.setItem(KEY, code);
  } catch {
    // Not remembered, then.
  }
  document.documentElement.lang = code;
  document.documentElement.dir = WORDS[code].dir;
}

export const nameOf = (code) => WORDS[code].name;

export function say(key, values = {}) {
  return WORDS[language][key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** A text of a form in the language spoken, else in any it has. */
export const inLanguage = (texts) => texts?.[language] ?? texts?.en ?? Object.values(texts ?? {})[0] ?? "";

export const time = (at) => new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" }).format(new Date(at));

export function when(at) {
  const moment = new Date(at);
  const today = new Date().toDateString() === moment.toDateString();
  return today ? time(at) : new Intl.DateTimeFormat(language, { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" }).format(moment);
}

export const kilobytes = (bytes) => Math.max(1, Math.round(bytes / 1024)).toLocaleString(language);
